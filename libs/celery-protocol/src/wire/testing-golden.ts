// For tests: bytes that kombu 5.2.4 (PyYAML 6.0, msgpack 1.0) made of the same values with each of its serializers.
// `from kombu.serialization import dumps; dumps(VALUE, serializer=NAME)` makes them again.

export interface Golden {
  readonly contentType: string;
  readonly body: Buffer;
}

function golden(contentType: string, base64: string): Golden {
  return { contentType, body: Buffer.from(base64, 'base64') };
}

/**
 * A task.multi list: a received, a failed and two succeeded, with ids and texts that YAML could take for something
 * else.
 */
export const GOLDEN_EVENTS = {
  json: golden(
    'application/json',
    'W3siaG9zdG5hbWUiOiAid1x1MDBmNnJrZXJAaCIsICJ1dGNvZmZzZXQiOiAtOSwgInBpZCI6IDc3LCAiY2xvY2siOiAxMiwgInV1aWQiOiAiMTJlMyIsICJuYW1lIjogInByb2oudGFza3MuYVx1MD' +
      'BmMWFkaXIiLCAiYXJncyI6ICIoJ2E6IGInLCB7J2snOiBbMSwgMl19LCAnLSB4JywgJyMgbm8nKSIsICJrd2FyZ3MiOiAie30iLCAicm9vdF9pZCI6ICIxMmUzIiwgInBhcmVudF9pZCI6IG51bGws' +
      'ICJyZXRyaWVzIjogMSwgImV0YSI6ICIyMDI2LTExLTIzVDE2OjI5OjUzLjcyNTYwOSswMDowMCIsICJleHBpcmVzIjogbnVsbCwgInRpbWVzdGFtcCI6IDE3OTU0NTE1MjYuNDM5MjU4OCwgInR5cG' +
      'UiOiAidGFzay1yZWNlaXZlZCJ9LCB7Imhvc3RuYW1lIjogIndcdTAwZjZya2VyQGgiLCAidXRjb2Zmc2V0IjogMCwgInBpZCI6IDc3LCAiY2xvY2siOiAxMywgInV1aWQiOiAiMG8xNyIsICJleGNl' +
      'cHRpb24iOiAiVmFsdWVFcnJvcignYmFkOiBcInhcIlxcbicpIiwgInRyYWNlYmFjayI6ICJUcmFjZWJhY2sgKG1vc3QgcmVjZW50IGNhbGwgbGFzdCk6XG4gIEZpbGUgXCIvc3J2L2EucHlcIiwgbG' +
      'luZSAxLCBpbiBmXG4gICAgcmFpc2UgVmFsdWVFcnJvcihcbiAgICAgICAgXl5eXl5cblZhbHVlRXJyb3I6IGJhZDogXCJ4XCJcblx0dGFiYmVkXG4iLCAidGltZXN0YW1wIjogMTc5NTQ1MTUyNi41' +
      'LCAidHlwZSI6ICJ0YXNrLWZhaWxlZCJ9LCB7Imhvc3RuYW1lIjogIndcdTAwZjZya2VyQGgiLCAidXRjb2Zmc2V0IjogMCwgInBpZCI6IDc3LCAiY2xvY2siOiAxNCwgInV1aWQiOiAieWVzIiwgIn' +
      'Jlc3VsdCI6ICJudWxsIiwgInJ1bnRpbWUiOiAxZS0wNywgInRpbWVzdGFtcCI6IDE3OTU0NTE1MjcuMCwgInR5cGUiOiAidGFzay1zdWNjZWVkZWQifSwgeyJob3N0bmFtZSI6ICJ3XHUwMGY2cmtl' +
      'ckBoIiwgInV0Y29mZnNldCI6IDAsICJwaWQiOiA3NywgImNsb2NrIjogOTAwNzE5OTI1NDc0MDk5MiwgInV1aWQiOiAiMjAyNi0wMS0wMiIsICJyZXN1bHQiOiAiXHVkODNkXHVkZTAwIiwgInJ1bn' +
      'RpbWUiOiBJbmZpbml0eSwgInRpbWVzdGFtcCI6IDE3OTU0NTE1MjguMCwgInR5cGUiOiAidGFzay1zdWNjZWVkZWQifV0=',
  ),
  msgpack: golden(
    'application/x-msgpack',
    'lI+oaG9zdG5hbWWpd8O2cmtlckBoqXV0Y29mZnNldPejcGlkTaVjbG9jawykdXVpZKQxMmUzpG5hbWWycHJvai50YXNrcy5hw7FhZGlypGFyZ3PZJignYTogYicsIHsnayc6IFsxLCAyXX0sICctIH' +
      'gnLCAnIyBubycppmt3YXJnc6J7fadyb290X2lkpDEyZTOpcGFyZW50X2lkwKdyZXRyaWVzAaNldGHZIDIwMjYtMTEtMjNUMTY6Mjk6NTMuNzI1NjA5KzAwOjAwp2V4cGlyZXPAqXRpbWVzdGFtcMtB' +
      '2sEaoZwc0aR0eXBlrXRhc2stcmVjZWl2ZWSJqGhvc3RuYW1lqXfDtnJrZXJAaKl1dGNvZmZzZXQAo3BpZE2lY2xvY2sNpHV1aWSkMG8xN6lleGNlcHRpb264VmFsdWVFcnJvcignYmFkOiAieCJcbi' +
      'cpqXRyYWNlYmFja9mFVHJhY2ViYWNrIChtb3N0IHJlY2VudCBjYWxsIGxhc3QpOgogIEZpbGUgIi9zcnYvYS5weSIsIGxpbmUgMSwgaW4gZgogICAgcmFpc2UgVmFsdWVFcnJvcigKICAgICAgICBe' +
      'Xl5eXgpWYWx1ZUVycm9yOiBiYWQ6ICJ4IgoJdGFiYmVkCql0aW1lc3RhbXDLQdrBGqGgAACkdHlwZat0YXNrLWZhaWxlZImoaG9zdG5hbWWpd8O2cmtlckBoqXV0Y29mZnNldACjcGlkTaVjbG9jaw' +
      '6kdXVpZKN5ZXOmcmVzdWx0pG51bGyncnVudGltZcs+etfymryvSKl0aW1lc3RhbXDLQdrBGqHAAACkdHlwZa50YXNrLXN1Y2NlZWRlZImoaG9zdG5hbWWpd8O2cmtlckBoqXV0Y29mZnNldACjcGlk' +
      'TaVjbG9ja88AIAAAAAAAAKR1dWlkqjIwMjYtMDEtMDKmcmVzdWx0pPCfmICncnVudGltZct/8AAAAAAAAKl0aW1lc3RhbXDLQdrBGqIAAACkdHlwZa50YXNrLXN1Y2NlZWRlZA==',
  ),
  yaml: golden(
    'application/x-yaml',
    'LSBhcmdzOiAnKCcnYTogYicnLCB7JydrJyc6IFsxLCAyXX0sICcnLSB4JycsICcnIyBubycnKScKICBjbG9jazogMTIKICBldGE6ICcyMDI2LTExLTIzVDE2OjI5OjUzLjcyNTYwOSswMDowMCcKIC' +
      'BleHBpcmVzOiBudWxsCiAgaG9zdG5hbWU6ICJ3XHhGNnJrZXJAaCIKICBrd2FyZ3M6ICd7fScKICBuYW1lOiAicHJvai50YXNrcy5hXHhGMWFkaXIiCiAgcGFyZW50X2lkOiBudWxsCiAgcGlkOiA3' +
      'NwogIHJldHJpZXM6IDEKICByb290X2lkOiAxMmUzCiAgdGltZXN0YW1wOiAxNzk1NDUxNTI2LjQzOTI1ODgKICB0eXBlOiB0YXNrLXJlY2VpdmVkCiAgdXRjb2Zmc2V0OiAtOQogIHV1aWQ6IDEyZT' +
      'MKLSBjbG9jazogMTMKICBleGNlcHRpb246ICdWYWx1ZUVycm9yKCcnYmFkOiAieCJcbicnKScKICBob3N0bmFtZTogIndceEY2cmtlckBoIgogIHBpZDogNzcKICB0aW1lc3RhbXA6IDE3OTU0NTE1' +
      'MjYuNQogIHRyYWNlYmFjazogIlRyYWNlYmFjayAobW9zdCByZWNlbnQgY2FsbCBsYXN0KTpcbiAgRmlsZSBcIi9zcnYvYS5weVwiLCBsaW5lIDEsIGluXAogICAgXCBmXG4gICAgcmFpc2UgVmFsdW' +
      'VFcnJvcihcbiAgICAgICAgXl5eXl5cblZhbHVlRXJyb3I6IGJhZDogXCJ4XCJcblx0dGFiYmVkXG4iCiAgdHlwZTogdGFzay1mYWlsZWQKICB1dGNvZmZzZXQ6IDAKICB1dWlkOiAwbzE3Ci0gY2xv' +
      'Y2s6IDE0CiAgaG9zdG5hbWU6ICJ3XHhGNnJrZXJAaCIKICBwaWQ6IDc3CiAgcmVzdWx0OiAnbnVsbCcKICBydW50aW1lOiAxLjBlLTA3CiAgdGltZXN0YW1wOiAxNzk1NDUxNTI3LjAKICB0eXBlOi' +
      'B0YXNrLXN1Y2NlZWRlZAogIHV0Y29mZnNldDogMAogIHV1aWQ6ICd5ZXMnCi0gY2xvY2s6IDkwMDcxOTkyNTQ3NDA5OTIKICBob3N0bmFtZTogIndceEY2cmtlckBoIgogIHBpZDogNzcKICByZXN1' +
      'bHQ6ICJcVTAwMDFGNjAwIgogIHJ1bnRpbWU6IC5pbmYKICB0aW1lc3RhbXA6IDE3OTU0NTE1MjguMAogIHR5cGU6IHRhc2stc3VjY2VlZGVkCiAgdXRjb2Zmc2V0OiAwCiAgdXVpZDogJzIwMjYtMD' +
      'EtMDInCg==',
  ),
  pickle: golden(
    'application/x-python-serialize',
    'gASVzQIAAAAAAABdlCh9lCiMCGhvc3RuYW1llIwJd8O2cmtlckBolIwJdXRjb2Zmc2V0lEr3////jANwaWSUS02MBWNsb2NrlEsMjAR1dWlklIwEMTJlM5SMBG5hbWWUjBJwcm9qLnRhc2tzLmHDsW' +
      'FkaXKUjARhcmdzlIwmKCdhOiBiJywgeydrJzogWzEsIDJdfSwgJy0geCcsICcjIG5vJymUjAZrd2FyZ3OUjAJ7fZSMB3Jvb3RfaWSUaAiMCXBhcmVudF9pZJROjAdyZXRyaWVzlEsBjANldGGUjCAy' +
      'MDI2LTExLTIzVDE2OjI5OjUzLjcyNTYwOSswMDowMJSMB2V4cGlyZXOUTowJdGltZXN0YW1wlEdB2sEaoZwc0YwEdHlwZZSMDXRhc2stcmVjZWl2ZWSUdX2UKGgCaANoBEsAaAVLTWgGSw1oB4wEMG' +
      '8xN5SMCWV4Y2VwdGlvbpSMGFZhbHVlRXJyb3IoJ2JhZDogIngiXG4nKZSMCXRyYWNlYmFja5SMhVRyYWNlYmFjayAobW9zdCByZWNlbnQgY2FsbCBsYXN0KToKICBGaWxlICIvc3J2L2EucHkiLCBs' +
      'aW5lIDEsIGluIGYKICAgIHJhaXNlIFZhbHVlRXJyb3IoCiAgICAgICAgXl5eXl4KVmFsdWVFcnJvcjogYmFkOiAieCIKCXRhYmJlZAqUaBVHQdrBGqGgAABoFowLdGFzay1mYWlsZWSUdX2UKGgCaA' +
      'NoBEsAaAVLTWgGSw5oB4wDeWVzlIwGcmVzdWx0lIwEbnVsbJSMB3J1bnRpbWWURz561/KavK9IaBVHQdrBGqHAAABoFowOdGFzay1zdWNjZWVkZWSUdX2UKGgCaANoBEsAaAVLTWgGigcAAAAAAAAg' +
      'aAeMCjIwMjYtMDEtMDKUaCGMBPCfmICUaCNHf/AAAAAAAABoFUdB2sEaogAAAGgWaCR1ZS4=',
  ),
} as const satisfies Record<string, Golden>;

/** A reply to active_queues of w@h; two of its queues share one exchange, which YAML writes once and points to. */
export const GOLDEN_REPLIES = {
  json: golden(
    'application/json',
    'eyJ3QGgiOiBbeyJuYW1lIjogImEiLCAiZXhjaGFuZ2UiOiB7Im5hbWUiOiAic2hhcmVkIiwgInR5cGUiOiAidG9waWMifX0sIHsibmFtZSI6ICJiOmMiLCAiZXhjaGFuZ2UiOiB7Im5hbWUiOiAic2' +
      'hhcmVkIiwgInR5cGUiOiAidG9waWMifX0sIHsibmFtZSI6ICJudWxsIiwgImV4Y2hhbmdlIjogbnVsbH1dfQ==',
  ),
  msgpack: golden(
    'application/x-msgpack',
    'gaN3QGiTgqRuYW1loWGoZXhjaGFuZ2WCpG5hbWWmc2hhcmVkpHR5cGWldG9waWOCpG5hbWWjYjpjqGV4Y2hhbmdlgqRuYW1lpnNoYXJlZKR0eXBlpXRvcGljgqRuYW1lpG51bGyoZXhjaGFuZ2XA',
  ),
  yaml: golden(
    'application/x-yaml',
    'd0BoOgotIGV4Y2hhbmdlOiAmaWQwMDEKICAgIG5hbWU6IHNoYXJlZAogICAgdHlwZTogdG9waWMKICBuYW1lOiBhCi0gZXhjaGFuZ2U6ICppZDAwMQogIG5hbWU6IGI6YwotIGV4Y2hhbmdlOiBudW' +
      'xsCiAgbmFtZTogJ251bGwnCg==',
  ),
  pickle: golden(
    'application/x-python-serialize',
    'gASVZgAAAAAAAAB9lIwDd0BolF2UKH2UKIwEbmFtZZSMAWGUjAhleGNoYW5nZZR9lChoBIwGc2hhcmVklIwEdHlwZZSMBXRvcGljlHV1fZQoaASMA2I6Y5RoBmgHdX2UKGgEjARudWxslGgGTnVlcy' +
      '4=',
  ),
} as const satisfies Record<string, Golden>;
