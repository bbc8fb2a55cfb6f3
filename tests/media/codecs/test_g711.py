"""G.711 against libsndfile's, and the tables between the two laws."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from media.codecs.registry import LAWS, PCMA, PCMU, Codec, codec_named, translation

ALL_BYTES = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
BOTH = [(PCMU, "ULAW"), (PCMA, "ALAW")]


def theirs_encoded(samples: np.ndarray[tuple[int], np.dtype[np.int16]], subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, 8000, format="RAW", subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize(("codec", "subtype"), BOTH)
def test_every_byte_means_what_libsndfile_says(codec: Codec, subtype: str) -> None:
    theirs, _ = soundfile.read(
        io.BytesIO(ALL_BYTES), samplerate=8000, channels=1, format="RAW", subtype=subtype, dtype="int16"
    )
    assert np.array_equal(codec.decode(ALL_BYTES), theirs)


@pytest.mark.parametrize(("codec", "subtype"), BOTH)
def test_every_sample_becomes_the_nearest_there_is(codec: Codec, subtype: str) -> None:
    """As near as libsndfile's choice for each of the 65,536 samples, within the one bit that the laws leave out."""
    samples = EVERY_SAMPLE.astype(np.int32)
    ours = np.abs(codec.decode(codec.encode(EVERY_SAMPLE)).astype(np.int32) - samples)
    theirs = np.abs(codec.decode(theirs_encoded(EVERY_SAMPLE, subtype)).astype(np.int32) - samples)
    assert (ours <= theirs + 16).all()
    assert ours.mean() <= theirs.mean() * 1.01


@pytest.mark.parametrize("codec", LAWS.values(), ids=LAWS)
def test_what_is_decoded_is_encoded_as_it_was(codec: Codec) -> None:
    again = codec.encode(codec.decode(ALL_BYTES))
    assert np.array_equal(codec.decode(again), codec.decode(ALL_BYTES))


@pytest.mark.parametrize("codec", LAWS.values(), ids=LAWS)
def test_louder_stays_louder(codec: Codec) -> None:
    assert (np.diff(codec.decode(codec.encode(EVERY_SAMPLE)).astype(np.int32)) >= 0).all()


@pytest.mark.parametrize("codec", LAWS.values(), ids=LAWS)
def test_silence_is_silence(codec: Codec) -> None:
    assert codec.encode(np.zeros(1, np.int16)) == codec.silence
    assert abs(int(codec.decode(codec.silence)[0])) <= 8


@pytest.mark.parametrize("codec", LAWS.values(), ids=LAWS)
def test_any_shape_and_any_stride_in_order(codec: Codec) -> None:
    samples = np.arange(-600, 600, dtype=np.int16).reshape(3, 400)
    assert codec.encode(samples) == codec.encode(samples.ravel())
    assert codec.encode(samples[:, ::2]) == codec.encode(samples[:, ::2].ravel())
    assert codec.encode(np.zeros(0, np.int16)) == b""


@pytest.mark.parametrize(("source", "target"), [(PCMU, PCMA), (PCMA, PCMU)])
def test_translation_is_decoding_and_encoding(source: Codec, target: Codec) -> None:
    table = translation(source.name, target.name)
    assert table is not None
    assert ALL_BYTES.translate(table) == target.encode(source.decode(ALL_BYTES))


def test_no_table_where_there_is_nothing_to_translate() -> None:
    assert translation("PCMU", "PCMU") is None
    assert codec_named("PCMA") is PCMA
    with pytest.raises(KeyError):
        codec_named("GSM")
