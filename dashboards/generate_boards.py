"""Writes the boards, here and into the chart that ships them.

Run by `make generate`; `make verify` fails when a committed file is stale.
"""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from rpafabrik_dashboards import every

_ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write every board."""
    for board in every.BOARDS:
        text = json.dumps(board.build(), cls=JSONEncoder, indent=2, ensure_ascii=False)
        for folder in ("dashboards", "charts/rpafabrik/files/dashboards"):
            (_ROOT / folder / f"{board.uid}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
