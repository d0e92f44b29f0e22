#!/usr/bin/env bash
# Runs the AWS CLI, as it is, against the local AWS of `npm run emulator`: `bash .github/aws-cli.sh`.
# Ends with 1 at the first answer that is not the expected one.
set -euo pipefail
cd "$(dirname "$0")/.."

# With job control the emulator and all that npm starts for it are one process group, which the end takes down.
set -m
coproc EMULATOR { exec npm run --silent emulator -- --speed 60; }
group=$EMULATOR_PID
trap 'kill -- "-$group" 2>/dev/null || true' EXIT

# It prints the variables for other clients when it is ready.
while [[ -z ${AWS_SECRET_ACCESS_KEY:-} ]] && read -r line; do
  if [[ $line == 'export '* ]]; then export "${line#export }"; fi
done <&"${EMULATOR[0]}"
export AWS_PAGER='' AWS_DEFAULT_OUTPUT=text

fail() {
  echo "$1" >&2
  exit 1
}

[[ -n ${AWS_ENDPOINT_URL:-} ]] || fail 'The emulator did not start.'

# expect PATTERN ARGUMENT...: the answer of `aws ARGUMENT...` has to fit the pattern of the shell.
expect() {
  local pattern=$1 answer
  shift
  answer=$(aws "$@") || fail "aws $* failed."
  # shellcheck disable=SC2053
  [[ $answer == $pattern ]] || fail "aws $* answered “$answer”, not “$pattern”."
  echo "aws $1 $2: ${answer:-done}"
}

# refuse ERROR ARGUMENT...: `aws ARGUMENT...` has to fail with this error.
refuse() {
  local error=$1 answer
  shift
  if answer=$(aws "$@" 2>&1); then fail "aws $* was not refused with $error."; fi
  [[ $answer == *"($error)"* ]] || fail "aws $* failed with “$answer”, not with $error."
  echo "aws $1 $2: $error"
}

arn=arn:aws:ecs:$AWS_REGION:111122223333
tab=$'\t'

expect 'arn:aws:iam::111122223333:user/deployer' sts get-caller-identity --query Arn
expect "$arn:cluster/demo" ecs list-clusters --query clusterArns
expect "$arn:service/demo/web" ecs list-services --cluster demo --query serviceArns
expect "ACTIVE${tab}2${tab}2${tab}$arn:task-definition/web:1" ecs describe-services --cluster demo --services web \
  --query 'services[].[status, desiredCount, runningCount, taskDefinition]'
refuse ClusterNotFoundException ecs describe-services --cluster none --services web

expect '127.0.0.1:*/web' ecr describe-repositories --query 'repositories[].repositoryUri'
repository=$(aws ecr describe-repositories --query 'repositories[].repositoryUri')
expect 'v1' ecr describe-images --repository-name web --query 'imageDetails[].imageTags'
refuse RepositoryNotFoundException ecr describe-images --repository-name none

group_arn=$(aws elbv2 describe-target-groups --names web --query 'TargetGroups[].TargetGroupArn')
expect "healthy${tab}healthy" elbv2 describe-target-health --target-group-arn "$group_arn" \
  --query 'TargetHealthDescriptions[].TargetHealth.State'
refuse TargetGroupNotFound elbv2 describe-target-groups --names none

expect "$arn:task-definition/web:2${tab}ACTIVE" ecs register-task-definition --family web --network-mode awsvpc \
  --requires-compatibilities FARGATE --cpu 256 --memory 512 \
  --execution-role-arn arn:aws:iam::111122223333:role/ecsTaskExecutionRole \
  --container-definitions "name=app,image=$repository:v1,portMappings=[{containerPort=8080}]" \
  --query 'taskDefinition.[taskDefinitionArn, status]'
refuse ClientException ecs register-task-definition --family web --network-mode awsvpc \
  --requires-compatibilities FARGATE --cpu 256 --memory 513 --container-definitions "name=app,image=$repository:v1"

expect 'IN_PROGRESS' ecs update-service --cluster demo --service web --task-definition web:2 \
  --query 'service.deployments[0].rolloutState'
expect '' ecs wait services-stable --cluster demo --services web
expect "PRIMARY${tab}COMPLETED${tab}2${tab}$arn:task-definition/web:2" ecs describe-services --cluster demo \
  --services web --query 'services[].deployments[].[status, rolloutState, runningCount, taskDefinition]'
