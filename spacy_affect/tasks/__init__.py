"""What is predicted: one file per task, no model code."""
