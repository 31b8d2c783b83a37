{{/* Names of objects, labels and images. What selects pods never depends on a value that may change. */}}

{{- define "celery-watch.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- if .Values.fullnameOverride -}}{{- $full = .Values.fullnameOverride -}}{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $full) -}}
{{- fail (printf "fullnameOverride: wanted a beginning for the names of Services, small letters, digits and dashes with a letter first; the release's name makes %s. Set fullnameOverride, or choose another name for the release" $full) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{/* At most 63 characters; what is cut ends with a mark of its own, so that two long names stay two. */}}
{{- define "celery-watch.short" -}}
{{- if gt (len .) 63 -}}{{ printf "%s-%s" (trunc 54 . | trimSuffix "-") (sha256sum . | trunc 8) }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* The name of an object. (list $root "exporter") */}}
{{- define "celery-watch.object" -}}
{{- include "celery-watch.short" (printf "%s-%s" (include "celery-watch.fullname" (index . 0)) (index . 1)) -}}
{{- end -}}

{{/* A broker's name as a part of an object's name. */}}
{{- define "celery-watch.slug" -}}
{{- $slug := regexReplaceAll "[^a-z0-9-]+" (lower .) "-" | trunc 30 | trimAll "-" -}}
{{- if eq $slug . -}}{{ $slug }}{{- else -}}{{ printf "%s-%s" $slug (sha256sum . | trunc 6) | trimPrefix "-" }}{{- end -}}
{{- end -}}

{{/* What selects pods. The chart's name is its alias where a chart above has it twice. (list $root "relay") */}}
{{- define "celery-watch.selector" -}}
app.kubernetes.io/name: {{ (index . 0).Chart.Name | quote }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 | quote }}
{{- end -}}

{{/* (list $root "relay") */}}
{{- define "celery-watch.labels" -}}
{{- $root := index . 0 -}}
{{- $own := dict
  "app.kubernetes.io/name" $root.Chart.Name
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/component" (index . 1)
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- toYaml (mergeOverwrite (deepCopy $root.Values.commonLabels) $own) -}}
{{- end -}}

{{/* (list $root $image) */}}
{{- define "celery-watch.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{- $repository := $image.repository -}}
{{- if $root.Values.imageRegistry }}{{ $repository = printf "%s/%s" (trimSuffix "/" $root.Values.imageRegistry) $repository }}{{ end -}}
{{- if $image.digest -}}{{ printf "%s@%s" $repository $image.digest }}
{{- else -}}{{ printf "%s:%s" $repository (default $root.Chart.AppVersion $image.tag) }}{{- end -}}
{{- end -}}

{{- define "celery-watch.service-account" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "celery-watch.fullname" . | include "celery-watch.short") .Values.serviceAccount.name -}}
{{- else -}}{{ default "default" .Values.serviceAccount.name }}{{- end -}}
{{- end -}}

{{/* http or https. The values of a program. */}}
{{- define "celery-watch.scheme" -}}
{{- if and .webConfig.existingSecret .webConfig.tls -}}https{{- else -}}http{{- end -}}
{{- end -}}
