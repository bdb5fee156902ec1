from django.urls import path

from sessions import views
from sessions.closing import agenda_views, memo_views, words_views
from sessions.closing import views as closing
from sessions.series import views as series

app_name = "sessions"
urlpatterns = [
    path("engagements/<uuid:pk>/sessions/", views.of_engagement, name="list"),
    path("engagements/<uuid:pk>/sessions/new/", views.book, name="book"),
    path("engagements/<uuid:pk>/sessions/series/", series.series, name="series"),
    path("engagements/<uuid:pk>/sessions/series/dates/", series.dates, name="series_dates"),
    path("sessions/new/", views.book_any, name="book_any"),
    path("sessions/<uuid:pk>/cannot-come/", views.cannot_come, name="cannot_come"),
    path("sessions/unmarked/", closing.unmarked, name="unmarked"),
    path("sessions/<uuid:pk>/", views.detail, name="detail"),
    path("sessions/<uuid:pk>/move/", views.move, name="move"),
    path("sessions/<uuid:pk>/place/", views.place, name="place"),
    path("sessions/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("sessions/<uuid:pk>/cancel-own/", views.cancel_own, name="cancel_own"),
    path("sessions/<uuid:pk>/move/several/", series.move_several, name="move_several"),
    path("sessions/<uuid:pk>/place/several/", series.place_several, name="place_several"),
    path("sessions/<uuid:pk>/cancel/several/", series.cancel_several, name="cancel_several"),
    path("sessions/<uuid:pk>/close/", closing.close, name="close"),
    path("sessions/<uuid:pk>/waive/", closing.waive, name="waive"),
    path("sessions/<uuid:pk>/memo/", memo_views.memo, name="memo"),
    path("sessions/<uuid:pk>/memo/keep/", memo_views.memo_keep, name="memo_keep"),
    path("sessions/<uuid:pk>/memo/earlier/", memo_views.memo_versions, name="memo_versions"),
    path("sessions/<uuid:pk>/memo/additions/", memo_views.additions, name="additions"),
    path("sessions/<uuid:pk>/memo/additions/<uuid:item>/", memo_views.addition, name="addition"),
    path("sessions/<uuid:pk>/memo/additions/<uuid:item>/remove/", memo_views.addition_remove, name="addition_remove"),
    path("sessions/<uuid:pk>/agenda/", agenda_views.add, name="agenda"),
    path("sessions/<uuid:pk>/agenda/<uuid:item>/", agenda_views.change, name="agenda_item"),
    path("practice/words/", words_views.listed, name="words"),
    path("practice/words/<uuid:pk>/", words_views.word, name="word"),
    path("practice/words/<uuid:pk>/away/", words_views.word_away, name="word_away"),
    path("sessions/<uuid:pk>/held/", views.held, name="held"),
    path("sessions/<uuid:pk>/no-show/", views.no_show, name="no_show"),
    path("sessions/<uuid:pk>/undo/", views.undo, name="undo"),
]
