"""Every reason of the venue has a code, and every field a name, in each version that is spoken."""

from __future__ import annotations

import pytest

from exchange.rejections import RejectReason
from gateway.fix.dictionary import load
from gateway.fix.refusal_texts import FIELDS
from gateway.fix.versions import VERSIONS, Version


@pytest.mark.parametrize("version", VERSIONS.values(), ids=lambda version: version.name)
def test_every_reason_has_a_code_of_its_version(version: Version) -> None:
    known = load(version.name)
    for reason in RejectReason:
        for tag, code in (("103", version.ord_rej_reason(reason)), ("102", version.cxl_rej_reason(reason))):
            field = known.fields[tag]
            assert field.allows(str(code)), f"{field} {code}"
    for name in FIELDS.values():
        tag = name.partition("(")[2][:-1]
        # FIX.4.2 has no mass cancels.
        is_had = tag in known.fields or (version.name, tag) == ("FIX.4.2", "530")
        assert not name or (is_had and f"{known.fields.get(tag, name)}" == name)
