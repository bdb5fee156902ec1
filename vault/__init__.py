"""What only its author can open: keys and sealed text, by ids alone.

Two kinds of sealing, never mixed:

- **texts** (`vault.texts`): private notes. Each saved text has a key of its own, sealed to the public key of its author
  and of those with whom they share it. Writing needs no unlocking; reading needs the author's private key, which is
  there only while the vault is open (`vault.opening`). Whoever has the database and every setting cannot open one.
- **content** (`vault.content`): memo, agenda, answers, diary, files: what several people read. Sealed with a key of the
  engagement (or of one person), which is wrapped by `CONTENT_KEY`. Safe in a stolen database or backup, not on a stolen
  server; the pages say so.
"""
