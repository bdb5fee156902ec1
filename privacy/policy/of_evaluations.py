"""How it went, and what the orderer is told."""

from privacy.policy.kinds import CODE, DOER, LINK, METHOD, NAMED_ANSWER, OWN_SHARED, REPORT, ROUND, SHARED, TOTALS

KEPT = {
    "evaluations.Questionnaire": {"name": METHOD, "shipped": CODE},
    "evaluations.Version": {"questions": METHOD, "created_by": DOER},
    "evaluations.Round": {"created_by": DOER, "point closed_how": CODE},
    "evaluations.Invitation": {"person user": ROUND},
    "evaluations.Link": {"token_hash": LINK},
    "evaluations.Response": {"key code": CODE, "figures texts person user": NAMED_ANSWER},
    "evaluations.Draft": {"sealed": NAMED_ANSWER},
    "evaluations.AgreedChange": {"text remark": SHARED, "by looked_by": DOER},
    "evaluations.Crowd": {"lead": DOER},
    "evaluations.YearTotals": {"covers note satisfaction_words": TOTALS, "entered_by": DOER},
    "reports.Report": {"created_by handed_by withdrawn_by": DOER, "withdrawn_why": REPORT},
    "reports.Revision": {"sealed pdf": REPORT, "hash pdf_sha256 sections": CODE, "by": DOER},
    "reports.Answer": {"reason": OWN_SHARED, "hash": CODE, "recorded_by": DOER},
    "reports.Handover": {"pdf": REPORT},
    "reports.Recipient": {"person": REPORT},
    "reports.Acknowledgement": {"person user name": REPORT},
    "reports.Remark": {"quote text reply": OWN_SHARED, "by settled_by": DOER, "what": CODE},
    "reports.ReadUpTo": {"user": DOER},
}
