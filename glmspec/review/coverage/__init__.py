"""Coverage: which questions of reporting guidelines a document answers, and how."""
