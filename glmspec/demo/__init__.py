"""The simulated data set that `glmspec demo` makes and analyses."""
