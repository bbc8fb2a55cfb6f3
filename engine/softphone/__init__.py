"""A softphone driven by commands: real SIP programs (pjsua2, or baresip where pjsua2 has no wheel) behind one face.

``belplan phone``, ``belplan demo`` and the end-to-end tests all use it.
"""
