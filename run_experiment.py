"""Runs the study of ``simulation_config.py``, or the one that is named: ``python run_experiment.py [STUDY]``."""

from __future__ import annotations

import sys

from colloquia.cli.app import main

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
