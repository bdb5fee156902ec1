"""What was agreed: processes, contracts, signatures, goals; sealed files and scans; what was charged."""

from privacy.policy.kinds import (
    BOOKS,
    CODE,
    CONTRACT,
    DOER,
    FRAME,
    LINK,
    METHOD,
    OBJECT,
    OWN_SHARED,
)

TERMS = (
    "framework_reference order_reference required_experience place link vat_reason price_review illness"
    " own_cancellation confidentiality_more remote_tools disagreement handover more_terms who_cancels signing"
    " rhythm mode price_per vat_class travel evaluation_interim"
)
KEPT = {
    "engagements.Engagement": {"title reference ending_reason sort_key": FRAME, "lead": DOER, "statutory": CODE},
    "engagements.SubGroup": {"name sort_key": FRAME},
    "engagements.SubGroupMember": {},
    "engagements.CoSupervisor": {"user": DOER},
    "engagements.Participation": {"person": FRAME},
    "engagements.Event": {"actor": DOER, "data": FRAME},
    "engagements.ContractTemplate": {TERMS: METHOD, "name": METHOD},
    "engagements.Contract": {
        f"{TERMS} terms wording agreed_note agreed_how": CONTRACT, "terms_hash": CODE, "recorded_by": DOER,
    },
    "engagements.ContractParty": {"user person": CONTRACT},
    "engagements.ReportingClause": {},
    "engagements.Goal": {"text aim": OWN_SHARED},
    "engagements.LibraryGoal": {"text": METHOD},
    "engagements.GoalLevels": {
        "much_more more expected less much_less reason agreed_by": OWN_SHARED, "described_by": DOER,
    },
    "engagements.SignatureRequest": {"user person name sheet reason": CONTRACT, "terms_hash": CODE},
    "engagements.SigningLink": {"token_hash code_hash": LINK},
    "engagements.Signature": {
        "name consent address user_agent proof language": CONTRACT,
        "terms_hash wording_hash": CODE,
        "recorded_by": DOER,
    },
    "engagements.Proposal": {"clause text answer": CONTRACT, "answered_by": DOER},
    "documents.Attachment": {
        "name withdrawn_reason": CONTRACT,
        "added_by withdrawn_by": DOER,
        "media_type sha256": CODE,
        "obj": OBJECT,
    },
    "documents.AttachmentContent": {"sealed": CONTRACT},
    "documents.SealedFile": {"content": CONTRACT, "sha256 terms_hash certificate": CODE, "obj": OBJECT},
    "billing.Trip": {"changed_by": BOOKS},
    "billing.Basis": {"lead payer facts invoice_number invoiced_by": BOOKS},
    "billing.Line": {"vat_reason order_reference framework_reference unit": BOOKS},
}  # fmt: skip
