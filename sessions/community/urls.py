from django.urls import path

from sessions.community import theme_views, views

app_name = "community"
urlpatterns = [
    path("engagements/<uuid:pk>/sub-groups/", views.sub_groups, name="sub_groups"),
    path("sub-groups/<uuid:pk>/", views.sub_group, name="sub_group"),
    path("sub-groups/<uuid:pk>/end/", views.sub_group_end, name="sub_group_end"),
    path("sessions/<uuid:pk>/company/", views.company, name="company"),
    path("engagements/<uuid:pk>/themes/", theme_views.themes, name="themes"),
    path("themes/<uuid:pk>/support/", theme_views.support, name="theme_support"),
    path("themes/<uuid:pk>/recorded/", theme_views.recorded, name="theme_recorded"),
    path("themes/<uuid:pk>/remove/", theme_views.remove, name="theme_remove"),
]
