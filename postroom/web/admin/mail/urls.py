"""Addresses of the mail log and of the Configuration Audit."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.mail import audit, incoming, incoming_item, outgoing, outgoing_item

urlpatterns = [
    path("mail/incoming", incoming.incoming, name="mail-incoming"),
    path("mail/attention", incoming.attention, name="mail-attention"),
    path("mail/incoming/bulk", incoming.bulk, name="mail-incoming-bulk"),
    path("mail/incoming/<int:pk>", incoming_item.item, name="mail-incoming-item"),
    path("mail/incoming/<int:pk>/body", incoming_item.body, name="mail-incoming-body"),
    path("mail/incoming/<int:pk>/raw", incoming_item.raw, name="mail-incoming-raw"),
    path("mail/incoming/<int:pk>/files/<int:place>", incoming_item.file, name="mail-incoming-file"),
    path("mail/incoming/<int:pk>/act", incoming_item.act, name="mail-incoming-act"),
    path("mail/outgoing", outgoing.outgoing, name="mail-outgoing"),
    path("mail/outgoing/bulk", outgoing.bulk, name="mail-outgoing-bulk"),
    path("mail/outgoing/<int:pk>", outgoing_item.item, name="mail-outgoing-item"),
    path("mail/outgoing/<int:pk>/body", outgoing_item.body, name="mail-outgoing-body"),
    path("mail/outgoing/<int:pk>/raw", outgoing_item.raw, name="mail-outgoing-raw"),
    path("mail/outgoing/<int:pk>/act", outgoing_item.act, name="mail-outgoing-act"),
    path("audit", audit.configuration_audit, name="configuration-audit"),
    path("audit/export.<str:kind>", audit.export, name="configuration-audit-export"),
]
