"""What most objects of a turn are: named fields that never change, made by the dozen each time somebody speaks.

Written like a frozen dataclass and used like one, but made in C, and made again with other fields in C
(``msgspec.structs.replace``): of a turn that takes a fraction of a millisecond, dataclasses took a tenth.
"""

from __future__ import annotations

import msgspec


class Struct(msgspec.Struct, kw_only=True, frozen=True):
    """Fields by name, compared by what they hold.

    ``gc=False`` stands where nothing that it holds can lead back to it: the collector of garbage then passes it over.
    """
