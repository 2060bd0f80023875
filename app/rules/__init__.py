"""Rule packs: a regulation as data, each value with its article. Pure: no database, no clock."""
