"""Addresses of the technician portal."""

from __future__ import annotations

from django.urls import path

from postroom.web.technician import (
    acting,
    belling,
    bulk,
    canned,
    details,
    drafting,
    hidden,
    listing,
    notifying,
    writing,
)

urlpatterns = [
    path("requests", listing.requests, name="requests"),
    path("requests/filters", listing.filters, name="requests-filters"),
    path("requests/bulk", bulk.bulk, name="requests-bulk"),
    path("requests/bulk-form", bulk.bulk_form, name="requests-bulk-form"),
    path("requests/views", bulk.save, name="view-save"),
    path("requests/views/<int:pk>/delete", bulk.delete, name="view-delete"),
    path("requests/<int:number>", details.work, name="request"),
    path("requests/<int:number>/live", details.live, name="request-live"),
    path("requests/<int:number>/notification", notifying.notification, name="request-notification"),
    path("requests/<int:number>/notify", notifying.notify, name="request-notify"),
    path("requests/<int:number>/other-info", details.other_info, name="request-other-info"),
    path("requests/<int:number>/history", details.history, name="request-history"),
    path("requests/<int:number>/write", writing.write, name="request-write"),
    path("requests/<int:number>/change", writing.change, name="request-change"),
    path("requests/<int:number>/mails/<int:pk>/undo", writing.undo, name="mail-undo"),
    path("requests/<int:number>/mails/<int:pk>/retry", writing.retry, name="mail-retry"),
    path("requests/<int:number>/info", details.change_info, name="request-info"),
    path("requests/<int:number>/draft", drafting.save, name="draft"),
    path("requests/<int:number>/draft/discard", drafting.discard, name="draft-discard"),
    path("requests/<int:number>/draft/files", drafting.add_file, name="draft-files"),
    path("requests/<int:number>/draft/files/<int:pk>/remove", drafting.remove_file, name="draft-file-remove"),
    path("draft-files/<int:pk>", drafting.file, name="draft-file"),
    path("requests/<int:number>/reply-templates/<int:pk>", drafting.canned, name="reply-template-filled"),
    *(
        path(f"requests/<int:number>/{name}", acting.act, {"name": name}, name=f"request-{name}")
        for name in acting.ACTS
    ),
    *(
        path(
            f"requests/<int:number>/entries/<int:pk>/{name}", acting.act_on_entry, {"name": name}, name=f"entry-{name}"
        )
        for name in acting.ENTRY_ACTS
    ),
    path("requests/<int:number>/entries/<int:pk>/accept", acting.accept, name="entry-accept"),
    path("requests/<int:number>/watch", acting.watch, name="request-watch"),
    path("requests/<int:number>/unmerge", acting.unmerge, name="request-unmerge"),
    path("requests/<int:number>/unlink/<int:other>", acting.unlink, name="request-unlink"),
    path("requests/<int:number>/release-address", acting.release_address, name="request-release-address"),
    path("hidden-requests", hidden.hidden_requests, name="hidden-requests"),
    path("hidden-requests/<int:number>/restore", hidden.restore, name="request-restore"),
    path("notices", belling.notices, name="notices"),
    path("notices/count", belling.count, name="notices-count"),
    path("notices/read", belling.read_all, name="notices-read"),
    path("reply-templates", canned.reply_templates, name="reply-templates"),
    path("reply-templates/new", canned.edit, name="reply-template-new"),
    path("reply-templates/<int:pk>", canned.edit, name="reply-template"),
    path("reply-templates/<int:pk>/delete", canned.delete, name="reply-template-delete"),
]
