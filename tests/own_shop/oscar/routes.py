"""Where the shop's API is: as django-oscar-api's own guide has it."""

from django.urls import include, path

urlpatterns = [path("api/", include("oscarapi.urls"))]
