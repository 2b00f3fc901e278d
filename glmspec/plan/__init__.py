"""Document -> Analysis -> Plan; reads headers and tables, never a voxel."""
