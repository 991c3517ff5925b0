"""spaCy components: where tasks and backbones meet Docs."""
