"""`python -m glmspec`."""

from glmspec.cli.main import main

main()
