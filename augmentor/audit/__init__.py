"""Error tables: from what a model said to what to work on.

`tables` reads them; `figures` measures them; `priorities` ranks their tags; `labels` looks at
people's answers; `slices` finds what nobody tagged; `checks` holds a system to what was promised;
`curves` shares a budget; `comparing` sets before beside after; `show` writes it all as text.
"""
