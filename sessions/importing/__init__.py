"""A practice as it was kept in a spreadsheet: read, checked row by row, and taken in within one transaction.

`sheets` opens the file, `rows` reads cells into typed rows, `findings` is what there is to say about them,
`checks` sees how the rows fit together and with what is already here, and `loading` writes.
"""
