from django.urls import path

from engagements.signing import views_supervisor as signing
from engagements.views import (
    contract,
    detail,
    goals,
    library,
    list,
    people,
    scans,
    states,
    statutory,
    templates,
    wizard,
)

app_name = "engagements"
urlpatterns = [
    path("engagements/", list.list_, name="list"),
    path("engagements/new/", wizard.open_, name="open"),
    path("engagements/<uuid:pk>/", detail.detail, name="detail"),
    path("engagements/<uuid:pk>/copy/", wizard.copy, name="copy"),
    # the wizard
    path("engagements/<uuid:pk>/who/", wizard.who, name="who"),
    path("engagements/<uuid:pk>/how/", wizard.how, name="how"),
    path("engagements/<uuid:pk>/fill/", wizard.fill, name="fill"),
    path("engagements/<uuid:pk>/price/", wizard.price, name="price"),
    path("engagements/<uuid:pk>/review/", wizard.review, name="review"),
    # people and goals
    path("engagements/<uuid:pk>/people/", people.people, name="people"),
    path("engagements/<uuid:pk>/people/<uuid:participation>/leave/", people.leave, name="leave"),
    path("engagements/<uuid:pk>/co-supervisors/", people.co_supervisors, name="co_supervisors"),
    path("engagements/<uuid:pk>/goals/", goals.goals, name="goals"),
    path("engagements/<uuid:pk>/goals/<uuid:goal>/", goals.goal, name="goal"),
    path("engagements/<uuid:pk>/goals/<uuid:goal>/levels/", goals.levels, name="levels"),
    path("engagements/<uuid:pk>/statutory/", statutory.statutory, name="statutory"),
    # steps of its life
    path("engagements/<uuid:pk>/withdraw/", states.withdraw, name="withdraw"),
    path("engagements/<uuid:pk>/agree/", states.agree, name="agree"),
    path("engagements/<uuid:pk>/pause/", states.pause, name="pause"),
    path("engagements/<uuid:pk>/resume/", states.resume, name="resume"),
    path("engagements/<uuid:pk>/close/", states.close, name="close"),
    path("engagements/<uuid:pk>/discard/", states.discard, name="discard"),
    path("engagements/<uuid:pk>/amend/", states.amend, name="amend"),
    path("engagements/<uuid:pk>/grow/", states.grow, name="grow"),
    path("engagements/<uuid:pk>/amend/discard/", states.amend_discard, name="amend_discard"),
    # signing
    path("engagements/<uuid:pk>/send/", signing.send, name="send"),
    path("engagements/<uuid:pk>/signing/", signing.signing, name="signing"),
    path("engagements/<uuid:pk>/signing/<uuid:signing>/again/", signing.again, name="signing_again"),
    path("engagements/<uuid:pk>/signing/<uuid:signing>/deadline/", signing.deadline, name="signing_deadline"),
    path("engagements/<uuid:pk>/signing/<uuid:signing>/paper/", signing.paper, name="signing_paper"),
    path("engagements/<uuid:pk>/signing/<uuid:signing>/file/", contract.joining_file, name="joining_file"),
    path("engagements/<uuid:pk>/signing/ask/<uuid:participation>/", signing.join, name="joining_ask"),
    path("engagements/<uuid:pk>/proposals/<uuid:proposal>/", signing.reply, name="proposal"),
    # the contract
    path("engagements/<uuid:pk>/contract/", contract.contract, name="contract"),
    path("engagements/<uuid:pk>/contract/<int:version>/", contract.contract_version, name="contract_version"),
    path("engagements/<uuid:pk>/contract/<int:version>/pdf/", contract.contract_pdf, name="contract_pdf"),
    path("engagements/<uuid:pk>/contract/<int:version>/scans/add/", scans.add, name="contract_scan_add"),
    path("engagements/<uuid:pk>/contract/<int:version>/scans/<int:number>/", scans.download, name="contract_scan"),
    path(
        "engagements/<uuid:pk>/contract/<int:version>/scans/<int:number>/withdraw/",
        scans.withdraw,
        name="contract_scan_withdraw",
    ),
    # what a practice keeps ready
    path("templates/", templates.templates, name="templates"),
    path("templates/ship/", templates.templates_ship, name="templates_ship"),
    path("templates/new/", templates.template_new, name="template_new"),
    path("templates/<uuid:pk>/", templates.template_edit, name="template_edit"),
    path("templates/<uuid:pk>/archive/", templates.template_archive, name="template_archive"),
    path("library/", library.library, name="library"),
    path("library/<uuid:pk>/", library.library_goal, name="library_goal"),
    path("library/<uuid:pk>/delete/", library.library_delete, name="library_delete"),
]
