"""What a cluster is given."""
