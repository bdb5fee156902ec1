"""The supervisors' pages of reports: begun, written, approved, handed over, withdrawn."""
