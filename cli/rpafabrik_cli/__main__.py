"""`python -m rpafabrik_cli`: the command line, as the processes of `rpafabrik dev` are started."""

from rpafabrik_cli import main

main.program()
