"""The rule keys of the four procedures, written out a second time: what packs are tested against without the forms."""

from __future__ import annotations

from app.floor.messages import Text
from app.rules.pack import RuleKey

BASIS = (
    "law administrative_regulation local_regulation rule national_policy municipal_policy party_state_council_policy"
)
KEYS = {
    "conditional_share": f"""
        days conditional_share.reply
        days conditional_share.withheld_reply
        days conditional_share.supplement_consent
        days conditional_share.supplement
        days conditional_share.response
        days conditional_share.agreement
        days conditional_share.authorise
        days conditional_share.collect
        switch decision.bureau_authorises
        choices application.states purpose items scope share_mode legal_duty
        switch demand_form.generated
        choice supplement.second consent none
        choice withheld.path dispute objection answer none
        switch withheld.necessity
        choice refusal.path dispute objection complaint accept_only
        choices refusal.carries reason basis
        choices refusal.basis_kinds {BASIS} policy other
        switch refusal.internal_rules_ground
        switch confidentiality.agreement
        choices share.modes interface file batch query table other
        switch share.interface_mandatory
        choice collection.path bureau provider none
        text grant.use
    """,
    "data_need": f"""
        days need.find_holder
        days need.can_supply
        days need.enter
        days need.review
        days need.choose
        switch catalogue_update.reviewed
        switch publish.responsibility_list
        choices publish.platforms sharing open
        switch publish.push_upstream
        text publish.upstream_target
        choice collection.path bureau provider none
        choice refusal.path dispute objection complaint accept_only
        choices refusal.carries reason basis
        choices refusal.basis_kinds {BASIS} policy other
    """,
    "data_error": """
        days need.find_holder
        days data_error.reply
        number data_error.extension
        days data_error.consent
        days data_error.correct
        choice data_error.corrected_from feedback reply
        days data_error.response
        days data_error.report
        choices data_error.reporters departments public
        choices data_error.about data catalogue
        choices data_error.contested_by departments public
        switch data_error.business_continues
    """,
    "catalogue_update": f"""
        days catalogue_update.update
        choice catalogue_update.met_by publication submission
        days catalogue_update.submission
        days catalogue_update.redraft
        days catalogue_update.review
        days catalogue_update.accept
        days catalogue_update.decide_transfer
        choice catalogue_update.contested dispute decision
        choices catalogue_update.triggers law duties system_planned system_modified
        switch catalogue_update.reviewed
        choices entry.share_types public unconditional conditional withheld
        choices entry.conditional_states conditions scope purpose
        choices basis.conditional {BASIS}
        choices basis.withheld {BASIS}
        choices basis.withheld_funded {BASIS}
        switch basic.unconditional
        choices publish.platforms sharing open
        switch publish.responsibility_list
        switch publish.push_upstream
        text publish.upstream_target
    """,
    "dispute": """
        switch negotiation.refusal
        switch negotiation.withheld
        switch negotiation.records
        switch negotiation.sharing
        switch negotiation.duties
        choices dispute.kinds refusal withheld conditions revocation quality share_type duties inconsistent_records
        days dispute.negotiate
        days dispute.coordinate
        days dispute.decide_above
        days dispute.correct_record
        days dispute.correct_second_record
        days dispute.confirm_superior
        days dispute.correct_entry
        days dispute.mend_quality
        choices share.modes interface file batch query table other
        switch share.interface_mandatory
        text grant.use
        switch confidentiality.agreement
        ladder ladder.sharing
        ladder ladder.records
        ladder ladder.duties
        ladder ladder.superior
    """,
    "grant_review": f"""
        days grant_review.decide
        days grant_review.response
        choice refusal.path dispute objection complaint accept_only
        choices refusal.carries reason basis
        choices refusal.basis_kinds {BASIS} policy other
        number grant.warned_days
        number log.kept_months
    """,
}


def key(line: str) -> RuleKey:
    """`choice withheld.path dispute none` as a key."""
    type_, name, *of = line.split()
    return RuleKey(key=name, type=type_, title=Text(name, name), of=tuple(of))


def keys(lines: str) -> dict[str, RuleKey]:
    return {rule.key: rule for rule in map(key, filter(str.strip, lines.splitlines()))}


DECLARED = {process: keys(lines) for process, lines in KEYS.items()}
