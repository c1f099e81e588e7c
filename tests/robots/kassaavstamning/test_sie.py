"""SIE 4 files: what is read, what is ignored, and what is refused with which words."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robots.kassaavstamning import sie, sie_writer
from robots.kassaavstamning.sie import Export, Transaction, Voucher

UNHURRIED = settings(deadline=None)  # the machine is shared

HEAD = """#FLAGGA 0
#FORMAT PC8
#GEN 20260108
#SIETYP 4
"""
VOUCHER = """#VER K 17 20260108 "Dagskassa"
{
#TRANS 1930 {1 "VC001" 20 "2"} 1234.50 20260107
#TRANS 1910 {} -1234.50
}
"""


def parse(text: str, encoding: str = "cp437") -> Export:
    return sie.parse(text.encode(encoding))


def refused(text: str, encoding: str = "cp437") -> str:
    with pytest.raises(ValueError, match="must") as caught:
        parse(text, encoding)
    return str(caught.value)


def test_voucher_is_read_with_objects_amounts_and_days() -> None:
    assert parse(HEAD + VOUCHER).vouchers == (
        Voucher(
            "K",
            "17",
            date(2026, 1, 8),
            "Dagskassa",
            (
                Transaction("1930", {"1": "VC001", "20": "2"}, 123_450, date(2026, 1, 7)),
                Transaction("1910", {}, -123_450, date(2026, 1, 8)),
            ),
        ),
    )


def test_names_of_objects_are_read_in_code_page_437() -> None:
    export = parse(HEAD + '#DIM 1 "Vårdcentral"\n#OBJEKT 1 VC001 "Ån \\"norra\\" ÄÖåäöé"\n')

    assert export.object_names == {("1", "VC001"): 'Ån "norra" ÄÖåäöé'}
    assert export.dimensions == {"1"}
    assert export.generated == date(2026, 1, 8)


def test_layout_that_the_standard_allows_makes_no_difference() -> None:
    loose = (
        VOUCHER.replace("#TRANS", "\t#TRANS")
        .replace("{1 ", '{ "1" ')
        .replace(" 1234.50", '\t"1234.5" ')
        .replace("\n", "\r\n\r\n")
    )

    assert parse(HEAD + loose) == parse(HEAD + VOUCHER)


def test_unknown_labels_and_further_fields_are_ignored() -> None:
    more = VOUCHER.replace("20260107\n", '20260107 "text" 1 sign nytt\n')

    assert parse(HEAD + "#NYHET 1 {2 3}\n" + more) == parse(HEAD + VOUCHER)


def test_history_of_a_corrected_voucher_is_ignored() -> None:
    corrected = VOUCHER.replace(
        "{\n",
        "{\n#BTRANS 6110 {} 800.00\n#RTRANS 1930 {} 100.00\n#TRANS 1930 {} 100.00\n"
        "#TRANS 2440 {} -100.00\n",
        1,
    )

    amounts = [each.amount_ore for each in parse(HEAD + corrected).vouchers[0].transactions]
    assert amounts == [10_000, -10_000, 123_450, -123_450]


def test_voucher_that_does_not_balance_is_refused() -> None:
    assert (
        refused(HEAD + VOUCHER.replace("-1234.50", "-1230.00"))
        == "line 5, voucher K 17: its 2 transactions must sum to 0.00, and sum to 4.50"
    )


def test_utf8_is_refused() -> None:
    assert (
        refused(HEAD + '#FNAMN "Vårdbolaget"\n', "utf-8")
        == "line 5: must be in code page 437 (#FORMAT PC8), and is in UTF-8"
    )


@pytest.mark.parametrize("letter", "åäöÅÄÖéÉ")
def test_latin_1_is_refused(letter: str) -> None:
    message = refused(HEAD + f'#FNAMN "V{letter}rd"\n', "latin-1")

    assert message.startswith("line 5, character 10: must be in code page 437 (#FORMAT PC8), where")
    assert message.endswith(f"in Latin-1 it is {letter!r}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("#FORMAT PC8", "#FORMAT UTF8"), "#FORMAT must be PC8, and is 'UTF8'"),
        (("#FORMAT PC8\n", ""), "must have the record #FORMAT PC8"),
        (("#SIETYP 4", "#SIETYP 3"), "#SIETYP must be 4, and is '3'"),
        (("#GEN 20260108\n", ""), "must have a #GEN record: the day on which the file was written"),
        (("20260107", "2026-1-7"), "line 7, voucher K 17: a date must be written YYYYMMDD"),
        (("20260107", "20260230"), "line 7, voucher K 17: a date must be written YYYYMMDD"),
        (
            ("1234.50 ", "1234,50 "),
            "line 7, voucher K 17: the amount must be kronor with at most two decimals, as 1234.50",
        ),
        (
            ('{1 "VC001" 20 "2"}', '{1 "VC001" 20}'),
            "line 7, voucher K 17: must have an object list",
        ),
        (('{1 "VC001" 20 "2"}', ""), "line 7, voucher K 17: must have an object list of pairs"),
        (('"2"}', '"2"'), "line 7, character 13: must be text, text in quotes (a quote within"),
        (('"Dagskassa"', '"Dagskassa'), "line 5, character 20: must be text, text in quotes ("),
        (('"Dagskassa"', '"Dags"kassa" x"'), "line 5, character 20: must be text, text in quotes"),
        (("}\n", ""), "line 5, voucher K 17: must end with a closing brace; the file is cut short"),
        (("}\n", "#VER K 18 20260108\n"), "line 9: voucher K 17 must end with a closing brace"),
        (("{\n", ""), "line 5, voucher K 17: must be followed by its transactions within braces"),
        (("#VER K 17 20260108", "#VER K 17"), "line 5, voucher K 17: a date must be written YYYY"),
        (("#VER", "VER"), "line 5: must begin with a label such as #TRANS"),
        (("Dagskassa", "Dags\x00kassa"), "line 5, character 25: must not hold control characters"),
    ],
)
def test_broken_file_is_refused_with_its_place_and_what_must_be(
    change: tuple[str, str], message: str
) -> None:
    whole = HEAD + VOUCHER
    old, new = change
    # The last place, for a brace that ends a list also ends a line.
    broken = new.join(whole.rsplit(old, 1))

    assert refused(broken).startswith(message)


def test_transaction_outside_a_voucher_is_refused() -> None:
    assert refused(HEAD + "#TRANS 1930 {} 0\n") == "line 5: #TRANS must stand within a #VER"


def bitwise_crc(content: bytes) -> int:
    """CRC-32 as §10.11-10.13 describe it, a bit at a time."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


SUMMED = (
    "#FORMATPC8#GEN20260108#SIETYP4#VERK1720260108Dagskassa"
    "#TRANS19301VC00120" + "2" + "1234.5020260107#TRANS1910-1234.50"
).encode()


def summed(checksum: int | str) -> str:
    return HEAD.replace("#FLAGGA 0\n", "#FLAGGA 0\n#KSUMMA\n") + VOUCHER + f"#KSUMMA {checksum}\n"


def test_checksum_of_the_file_is_verified() -> None:
    assert parse(summed(bitwise_crc(SUMMED))) == parse(HEAD + VOUCHER)


def test_changed_file_is_refused_by_its_checksum() -> None:
    message = refused(summed(1234))

    assert message.startswith(
        f"line 11: #KSUMMA must be {bitwise_crc(SUMMED)}, the checksum of the records above"
    )


def test_file_cut_short_is_refused_by_its_missing_checksum() -> None:
    assert refused(summed(1).rpartition("#KSUMMA")[0]).startswith(
        "the file must end with #KSUMMA and a sum"
    )


LETTERS = st.text(alphabet='abcXYZ0189 åäöÅÄÖéü"{}#\\', max_size=12).filter(
    lambda text: not text.endswith("\\")
)
CODES = st.text(alphabet="ABCabc0123456789åÖ_-", min_size=1, max_size=8)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
AMOUNTS = st.integers(min_value=-(10**12), max_value=10**12)


@st.composite
def vouchers(draw: st.DrawFn) -> Voucher:
    rows = [
        Transaction(
            draw(st.sampled_from(["1910", "1930", "3010"])),
            draw(st.dictionaries(st.sampled_from(["1", "6", "20"]), CODES)),
            amount,
            draw(DAYS),
        )
        for amount in draw(st.lists(AMOUNTS, max_size=4))
    ]
    rest = -sum(row.amount_ore for row in rows)
    rows.append(Transaction("2999", {}, rest, draw(DAYS)))
    return Voucher(draw(CODES), draw(CODES), draw(DAYS), draw(LETTERS), tuple(rows))


@st.composite
def exports(draw: st.DrawFn) -> Export:
    names = st.dictionaries(st.tuples(st.sampled_from(["1", "20"]), CODES), LETTERS, max_size=4)
    return Export(
        draw(DAYS), frozenset({"1", "20"}), draw(names), tuple(draw(st.lists(vouchers())))
    )


@UNHURRIED
@given(exports())
def test_what_is_written_is_read_back(export: Export) -> None:
    content = sie_writer.write(export, "Bolaget", {"1930": "Bank"}, {"1": "Ställe", "20": "Kassa"})

    assert sie.parse(content) == export


@UNHURRIED
@given(exports().filter(lambda export: export.vouchers != ()), st.integers(0, 999))
def test_no_changed_digit_goes_unseen(export: Export, index: int) -> None:
    content = sie_writer.write(export, "Bolaget", {}, {"1": "Ställe", "20": "Kassa"})
    start = content.index(b"#VER")
    digits = [found.start() for found in re.finditer(rb"\d", content) if found.start() > start]
    place = digits[index % len(digits)]
    changed = bytearray(content)
    changed[place] = ord("0") + (changed[place] - ord("0") + 1) % 10

    with pytest.raises(ValueError, match="must"):
        sie.parse(bytes(changed))
