"""Backbones: thinc models that turn units into scores. They know nothing of tasks."""

from .. import registry  # noqa: F401
