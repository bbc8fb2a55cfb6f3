"""Playback: pieces to frames."""

from __future__ import annotations

from media.codecs.registry import translation
from media.worker.playback import ENDLESS, Piece, Playback


def started(*pieces: Piece, loop: bool = False) -> Playback:
    playback = Playback(1, (), loop=loop)
    playback.speak("PCMU")
    playback.start(pieces, "PCMU")
    return playback


def test_pieces_follow_each_other_without_a_seam_and_the_end_is_filled_with_silence() -> None:
    playback = started(Piece(b"a" * 100, 100), Piece(b"b" * 100, 100))
    assert playback.frame(160) == b"a" * 100 + b"b" * 60
    assert playback.frame(160) == b"b" * 40 + b"\xff" * 120
    assert playback.frame(160) is None
    assert playback.heard == 200


def test_a_piece_is_repeated_to_its_length() -> None:
    playback = started(Piece(b"abc", 8))
    assert playback.frame(8) == b"abcabcab"
    assert playback.frame(8) is None


def test_an_endless_piece_does_not_end_and_keeps_its_phase() -> None:
    playback = started(Piece(bytes(range(250)), ENDLESS))
    heard = b"".join(playback.frame(160) or b"" for _ in range(500))
    assert heard == (bytes(range(250)) * 320)[: 500 * 160]


def test_a_loop_begins_anew_within_the_frame() -> None:
    playback = started(Piece(b"a" * 50, 50), Piece(b"b" * 50, 50), loop=True)
    assert playback.frame(160) == b"a" * 50 + b"b" * 50 + b"a" * 50 + b"b" * 10


def test_a_loop_of_nothing_ends() -> None:
    assert started(loop=True).frame(160) is None
    assert started(Piece(b"", 0), Piece(b"x", 0), loop=True).frame(160) is None


def test_while_files_are_read_there_is_silence_that_does_not_count() -> None:
    playback = Playback(1, ())
    playback.speak("PCMA")
    assert playback.frame(160) == b"\xd5" * 160
    assert playback.heard == 0
    playback.start([Piece(b"a" * 160, 160)], "PCMA")
    assert playback.frame(160) == b"a" * 160


def test_a_change_of_codec_goes_on_at_the_same_place() -> None:
    table = translation("PCMU", "PCMA")
    assert table is not None
    playback = started(Piece(bytes(range(256)), 256))
    playback.frame(160)
    playback.speak("PCMA")
    assert playback.frame(160) == bytes(range(160, 256)).translate(table) + b"\xd5" * 64


def test_a_failure_ends_it() -> None:
    playback = Playback(1, ())
    playback.fail("no such file")
    assert playback.frame(160) is None
    assert playback.failed == "no such file"
