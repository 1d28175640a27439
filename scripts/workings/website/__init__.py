"""The site: the only rooms that know MkDocs and mkdocs-jupyter."""
