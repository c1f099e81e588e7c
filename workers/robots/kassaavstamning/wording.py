"""What case workers read, in Swedish: names of differences, and what a person must look at.

Nothing is decided here.
"""

from collections.abc import Iterable
from datetime import date

from robots.kassaavstamning import money
from robots.kassaavstamning.comparison import Comparison, Difference
from robots.kassaavstamning.deposits import Deposit
from robots.kassaavstamning.places import Place

LABELS = {
    Difference.NONE: "Stämmer",
    Difference.ROUNDING: "Öresavrundning",
    Difference.MISSING_DEPOSIT: "Insättning saknas",
    Difference.DOUBLE_DEPOSIT: "Dubbel insättning",
    Difference.WRONG_CENTRE: "Fel vårdcentral",
    Difference.AMOUNT: "Fel belopp",
}
NOT_COMPARED = "Ej avstämd"
NOT_COMPARED_REMARK = "Ett tekniskt fel hindrade avstämningen. Stäm av kassan för hand."


def remark(register: Comparison) -> str:
    """What a person must look at; nothing when the register agrees."""
    match register.difference:
        case Difference.NONE | Difference.ROUNDING:
            return ""
        case Difference.MISSING_DEPOSIT:
            return (
                f"Kassarapporten visar {money.swedish(register.reported_ore or 0)}, men ingen "
                "insättning är bokförd. Kontrollera om pengarna är lämnade till banken."
            )
        case Difference.DOUBLE_DEPOSIT:
            return (
                f"Insättningen är bokförd {len(register.booked_here)} gånger "
                f"({vouchers(register.booked_here)}). Rätta den som är fel."
            )
        case Difference.WRONG_CENTRE:
            return _stray(register)
        case Difference.AMOUNT:
            return _amount(register)


def message(centre: str, day: date, registers: Iterable[Comparison]) -> str:
    """The whole case in a few sentences."""
    remarks = [
        f"Kassa {register.place.register}: {remark(register)}"
        for register in registers
        if register.difference.needs_a_person
    ]
    return " ".join([f"{centre}, {day}.", *remarks])


def vouchers(deposits: Iterable[Deposit]) -> str:
    """The vouchers' names, as bookkeepers write them."""
    return f"verifikation {', '.join(each.voucher for each in deposits)}"


def _stray(register: Comparison) -> str:
    sentences = []
    for stray in register.strays:
        what = f"{money.swedish(stray.amount_ore)} ({vouchers([stray])})"
        if stray.booked_on == register.place:
            sentences.append(
                f"{what} är bokfört här men hör till {_named(stray.belongs_to)}. "
                "Bokför om beloppet dit."
            )
        else:
            sentences.append(
                f"{what} är bokfört på {_named(stray.booked_on)} men hör hit. "
                "Bokför om beloppet hit."
            )
    if register.remaining_ore:
        sentences.append(f"Därefter skiljer {money.swedish(register.remaining_ore)}.")
    return " ".join(sentences)


def _amount(register: Comparison) -> str:
    booked = f"{money.swedish(register.booked_ore)} ({vouchers(register.booked_here)})"
    if register.reported_ore is None:
        return f"{booked} är bokfört, men kassan har ingen kassarapport. Begär in rapporten."
    too = "för mycket" if register.difference_ore > 0 else "för lite"
    return (
        f"Bokfört är {booked} mot rapporterat {money.swedish(register.reported_ore)}: "
        f"{money.swedish(abs(register.difference_ore))} {too}. "
        "Kontrollera verifikationen mot kassarapporten."
    )


def _named(place: Place) -> str:
    return f"{place.centre}, kassa {place.register}"
