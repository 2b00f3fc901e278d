"""Pictures: brains as voxel-exact PNG inside SVG, charts as SVG."""
