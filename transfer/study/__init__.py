"""The study file: the one place that talks to a person's YAML."""

from transfer.study.problems import StudyError
from transfer.study.read import read, read_data
from transfer.study.values import Attack, Ensemble, Measurement, Network, Study

__all__ = ["Attack", "Ensemble", "Measurement", "Network", "Study", "StudyError", "read", "read_data"]
