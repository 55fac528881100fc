"""What all tests share."""

import os

from hypothesis import HealthCheck, settings

# Matrices of tests are small: threads for them would wait for each other, and take five times the CPU.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A busy machine is no bug: how long an example takes says nothing about the code.
settings.register_profile("colloquia", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("colloquia")
