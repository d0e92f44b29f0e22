import type {RegisterTaskDefinitionRequest} from '@aws-sdk/client-ecs'

/** Where there are several containers, those that get the image. */
export const NAMED: Readonly<Record<string, readonly string[]>> = {
  '10-depends-multi-nocompat.json': ['client'],
  '17-multi-placeholder-rp-secrets.json': ['nginx', 'php'],
  '30-ec2-multi-nulls-placeholder.json': ['execute-service', 'execute-service-worker'],
  '31-depends-ec2-multi-nulls-placeholder.json': [
    'session-service',
    'question-service',
    'history-service',
    'matchmaker',
    'user-service',
    'matching-service',
    'collab-service',
    'frontend',
    'gateway'
  ],
  '33-described-ec2-multi-nulls-placeholder-secrets.json': [
    'getprice-dex-bkc-telegram-bot-container',
    'getprice-dex-bkc-fast-api-container'
  ],
  '45-ec2-multi-volumes.json': ['webapp'],
  '53-ec2-multi-rp-secrets.json': ['kafka-connect']
}

/** What the service runs whose containers stand alone in a file. */
export const RUNNING = {
  family: 'running',
  networkMode: 'bridge',
  taskRoleArn: 'arn:aws:iam::111122223333:role/task',
  containerDefinitions: [{name: 'old', image: 'nginx', memory: 128}]
} satisfies RegisterTaskDefinitionRequest
