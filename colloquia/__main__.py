"""``python -m colloquia``: the command line without an installed script."""

from __future__ import annotations

from colloquia.cli.app import main

if __name__ == "__main__":
    main()
