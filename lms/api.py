"""The one API object; rooms give it their routers."""

from ninja import NinjaAPI

from attendance.api import router as register
from attendance.app_api import router as register_app

# No interactive pages: they would need inline scripts. The description is at
# /api/v1/openapi.json, the protocol in docs/register-protocol.md.
api = NinjaAPI(title="Tổ số", version="1", docs_url=None, urls_namespace="api-v1")
api.add_router("/register", register)
api.add_router("/register", register_app)
