"""Every fault that a plan can name.

=========================  ====================================================================
file                       what goes wrong
=========================  ====================================================================
``faults_declining.py``    a status, or an error in place of a reply; no model is asked
``faults_limiting.py``     rates, credit, and how long to wait; the same
``faults_speaking.py``     the model: refusals, empty and cut answers, odd finish reasons
``faults_garbling.py``     the body of a whole reply
``faults_streaming.py``    a stream
``faults_connecting.py``   the connection
=========================  ====================================================================

Each has a name, a sentence that says what it does, and the row of the fault matrix it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.providers.simulator import (
    faults_connecting,
    faults_declining,
    faults_garbling,
    faults_limiting,
    faults_speaking,
    faults_streaming,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.simulator.fault import Fault

FILES = (
    faults_declining,
    faults_limiting,
    faults_speaking,
    faults_garbling,
    faults_streaming,
    faults_connecting,
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for file in FILES for fault in file.FAULTS}
"""By name."""
