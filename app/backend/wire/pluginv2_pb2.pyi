from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class User(_message.Message):
    __slots__ = ("role",)
    ROLE_FIELD_NUMBER: _ClassVar[int]
    role: str
    def __init__(self, role: _Optional[str] = ...) -> None: ...

class AppInstanceSettings(_message.Message):
    __slots__ = ("jsonData", "decryptedSecureJsonData", "lastUpdatedMS")
    class DecryptedSecureJsonDataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    JSONDATA_FIELD_NUMBER: _ClassVar[int]
    DECRYPTEDSECUREJSONDATA_FIELD_NUMBER: _ClassVar[int]
    LASTUPDATEDMS_FIELD_NUMBER: _ClassVar[int]
    jsonData: bytes
    decryptedSecureJsonData: _containers.ScalarMap[str, str]
    lastUpdatedMS: int
    def __init__(self, jsonData: _Optional[bytes] = ..., decryptedSecureJsonData: _Optional[_Mapping[str, str]] = ..., lastUpdatedMS: _Optional[int] = ...) -> None: ...

class PluginContext(_message.Message):
    __slots__ = ("orgId", "user", "appInstanceSettings")
    ORGID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    APPINSTANCESETTINGS_FIELD_NUMBER: _ClassVar[int]
    orgId: int
    user: User
    appInstanceSettings: AppInstanceSettings
    def __init__(self, orgId: _Optional[int] = ..., user: _Optional[_Union[User, _Mapping]] = ..., appInstanceSettings: _Optional[_Union[AppInstanceSettings, _Mapping]] = ...) -> None: ...

class StringList(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class CallResourceRequest(_message.Message):
    __slots__ = ("pluginContext", "path", "method", "url", "headers")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: StringList
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[StringList, _Mapping]] = ...) -> None: ...
    PLUGINCONTEXT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    pluginContext: PluginContext
    path: str
    method: str
    url: str
    headers: _containers.MessageMap[str, StringList]
    def __init__(self, pluginContext: _Optional[_Union[PluginContext, _Mapping]] = ..., path: _Optional[str] = ..., method: _Optional[str] = ..., url: _Optional[str] = ..., headers: _Optional[_Mapping[str, StringList]] = ...) -> None: ...

class CallResourceResponse(_message.Message):
    __slots__ = ("code", "headers", "body")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: StringList
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[StringList, _Mapping]] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    code: int
    headers: _containers.MessageMap[str, StringList]
    body: bytes
    def __init__(self, code: _Optional[int] = ..., headers: _Optional[_Mapping[str, StringList]] = ..., body: _Optional[bytes] = ...) -> None: ...

class CheckHealthRequest(_message.Message):
    __slots__ = ("pluginContext",)
    PLUGINCONTEXT_FIELD_NUMBER: _ClassVar[int]
    pluginContext: PluginContext
    def __init__(self, pluginContext: _Optional[_Union[PluginContext, _Mapping]] = ...) -> None: ...

class CheckHealthResponse(_message.Message):
    __slots__ = ("status", "message", "jsonDetails")
    class HealthStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        UNKNOWN: _ClassVar[CheckHealthResponse.HealthStatus]
        OK: _ClassVar[CheckHealthResponse.HealthStatus]
        ERROR: _ClassVar[CheckHealthResponse.HealthStatus]
    UNKNOWN: CheckHealthResponse.HealthStatus
    OK: CheckHealthResponse.HealthStatus
    ERROR: CheckHealthResponse.HealthStatus
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    JSONDETAILS_FIELD_NUMBER: _ClassVar[int]
    status: CheckHealthResponse.HealthStatus
    message: str
    jsonDetails: bytes
    def __init__(self, status: _Optional[_Union[CheckHealthResponse.HealthStatus, str]] = ..., message: _Optional[str] = ..., jsonDetails: _Optional[bytes] = ...) -> None: ...

class CollectMetricsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CollectMetricsResponse(_message.Message):
    __slots__ = ("metrics",)
    class Payload(_message.Message):
        __slots__ = ("prometheus",)
        PROMETHEUS_FIELD_NUMBER: _ClassVar[int]
        prometheus: bytes
        def __init__(self, prometheus: _Optional[bytes] = ...) -> None: ...
    METRICS_FIELD_NUMBER: _ClassVar[int]
    metrics: CollectMetricsResponse.Payload
    def __init__(self, metrics: _Optional[_Union[CollectMetricsResponse.Payload, _Mapping]] = ...) -> None: ...
