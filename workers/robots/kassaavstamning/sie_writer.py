"""Writes SIE 4 exports (type 4E), for example data and tests. The robot itself only reads."""

from collections import defaultdict
from collections.abc import Mapping

from robots.kassaavstamning import money, sie_records
from robots.kassaavstamning.sie import Export, Transaction, Voucher
from robots.kassaavstamning.sie_records import quoted


def write(
    export: Export, organisation: str, accounts: Mapping[str, str], dimensions: Mapping[str, str]
) -> bytes:
    """The file of `export`; `accounts` and `dimensions` name what its transactions use."""
    day = export.generated
    lines = [
        "#FLAGGA 0",
        '#PROGRAM "rpafabrik exempeldata" 1',
        "#FORMAT PC8",
        f"#GEN {day:%Y%m%d}",
        "#SIETYP 4",
        f"#FNAMN {quoted(organisation)}",
        f"#RAR 0 {day.year}0101 {day.year}1231",
        *(f"#KONTO {number} {quoted(name)}" for number, name in accounts.items()),
        *(f"#DIM {number} {quoted(name)}" for number, name in dimensions.items()),
        *(
            f"#OBJEKT {dimension} {quoted(number)} {quoted(name)}"
            for (dimension, number), name in export.object_names.items()
        ),
        *_balances(export),
    ]
    for voucher in export.vouchers:
        lines += _voucher(voucher)
    return sie_records.with_checksum(lines)


def _balances(export: Export) -> list[str]:
    """Closing balances (`#UB`) of accounts 1xxx and 2xxx, results (`#RES`) of the others."""
    totals: defaultdict[str, int] = defaultdict(int)
    for voucher in export.vouchers:
        for transaction in voucher.transactions:
            totals[transaction.account] += transaction.amount_ore
    return [
        f"{'#UB' if account[0] in '12' else '#RES'} 0 {account} {money.plain(total, '.')}"
        for account, total in sorted(totals.items())
        if total
    ]


def _voucher(voucher: Voucher) -> list[str]:
    head = f"#VER {quoted(voucher.series)} {quoted(voucher.number)} {voucher.day:%Y%m%d}"
    rows = [_transaction(each) for each in voucher.transactions]
    return [f"{head} {quoted(voucher.text)}", "{", *rows, "}"]


def _transaction(transaction: Transaction) -> str:
    objects = " ".join(f"{key} {quoted(value)}" for key, value in transaction.objects.items())
    amount = money.plain(transaction.amount_ore, ".")
    return f"#TRANS {transaction.account} {{{objects}}} {amount} {transaction.day:%Y%m%d}"
