"""What all tests share."""

from hypothesis import HealthCheck, settings

# A busy machine is no bug: how long an example takes says nothing about the code.
settings.register_profile("colloquia", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("colloquia")
