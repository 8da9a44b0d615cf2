"""Ray shells, one a stage: tables in, tables out. Stages never import one another."""
