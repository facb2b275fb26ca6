"""Many videos: found, worked off by processes of this machine or of a cluster, recorded, and taken up again."""
