"""The maths: arrays in, arrays out. Scans or subjects first, voxels last."""
