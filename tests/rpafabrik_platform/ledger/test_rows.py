from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from rpafabrik_platform.ledger import errors, rows
from support import ledger_entries

PLAIN = ledger_entries.item("VC001", claim=ledger_entries.per_item(60))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reference": ""}, r"items.reference must be 1 to 500 characters"),
        ({"reference": "x" * 501}, r"items.reference must be 1 to 500 characters"),
        ({"reference": "x\0"}, r"items.reference must be .* without NUL"),
        ({"reference": "x\ud800"}, r"items.reference must be .* valid Unicode"),
        ({"reference": 17}, r"items.reference must not be a int"),
        ({"reference": None}, r"items.reference must not be a NoneType"),
        ({"person_seconds": -1}, r"items.person_seconds must be 0 to 2147483647"),
        ({"person_seconds": 2**31}, r"items.person_seconds must be 0 to 2147483647"),
        ({"completed_at": datetime(2026, 3, 2)}, r"items.completed_at must have a time zone"),  # noqa: DTZ001 - what is refused
        ({"message": "x" * 2001}, r"items.message must be 1 to 2000 characters"),
        (
            {"claim": replace(ledger_entries.per_unit("VC001", 60), unit=None)},
            "items.unit must be given per unit, and only then",
        ),
        (
            {"claim": replace(ledger_entries.per_item(60), unit="VC001")},
            "items.unit must be given per unit, and only then",
        ),
    ],
)
def test_value_that_a_column_cannot_hold_is_refused_by_name(
    changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(errors.LedgerRefused, match=f"^{message}"):
        rows.item(replace(PLAIN, **changed))


def test_baseline_beyond_what_a_column_holds_is_refused_by_name() -> None:
    with pytest.raises(errors.LedgerRefused, match=r"^baselines.manual_seconds must be 0 to"):
        rows.baseline(ledger_entries.per_item(2**63).baseline)


def test_longest_values_are_taken() -> None:
    claim = ledger_entries.per_item(10_000_000_000, 1_000_000_000)
    item = replace(PLAIN, reference="å" * 500, person_seconds=2**31 - 1, claim=claim)

    assert rows.item(item)["reference"] == "å" * 500
