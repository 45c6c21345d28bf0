"""Where `zerohour` and `python -m loadtests` begin: Ctrl-C is taken care of before anything that takes time to load."""

from __future__ import annotations

from loadtests.commands.early_interrupt import leave_when_interrupted


def main() -> None:
    """Run the command line; exits with the codes of the README's table."""
    leave_when_interrupted()
    from loadtests.commands.command_line import run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
