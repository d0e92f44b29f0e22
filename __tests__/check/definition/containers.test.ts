import {expect, test} from '@jest/globals'
import {
  containerNames,
  environmentFiles,
  essential,
  image,
  repeatedNames,
  secretNames,
  secretReference
} from '../../../src/check/definition/containers.ts'
import {messages, situation} from '../situation.ts'
import {finds, withContainers} from './support.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`

finds(
  essential,
  [
    [
      withContainers({essential: false}, {essential: false}),
      '`containerDefinitions[0].essential` (task-definition.json, line 19) is false as in every container, but ECS needs one that is essential: leave it out of the container that the task is about.'
    ]
  ],
  [withContainers({essential: false}, {}), withContainers({essential: true}), withContainers()]
)

finds(
  containerNames,
  [
    [
      withContainers({}, {name: 'app'}),
      '`containerDefinitions[1].name` (task-definition.json, line 21) is `app`, as another container is called: rename one.'
    ]
  ],
  [withContainers({}, {}), withContainers({name: ''}, {name: ''})]
)

finds(
  image,
  ['<IMAGE>', '%REPO%:v1', `nginx@${DIGEST}0`, '${IMAGE}', 'n'.repeat(256)].map(reference => [
    withContainers({}, {image: reference}),
    `\`containerDefinitions[1].image\` (task-definition.json, line 22) is \`${reference.length > 80 ? `${reference.slice(0, 79)}…` : reference}\`, which is no reference to an image: correct it, or add the container to the input \`container-name\`.`
  ]),
  [
    ...['nginx', `ghcr.io/a/b:v1@${DIGEST}`, 'localhost:5000/x'].map(reference =>
      withContainers({}, {image: reference})
    ),
    // It gets the new image.
    withContainers({image: '<IMAGE>'})
  ]
)

finds(
  repeatedNames,
  [
    [
      withContainers({environment: ['A', 'B', 'A'].map(name => ({name, value: '1'}))}),
      '`containerDefinitions[0].environment[2].name` (task-definition.json, line 29) is `A`, as another variable of this container is called, and one of them is lost or ECS refuses both: remove one.'
    ],
    [
      {...withContainers({}), volumes: [{name: 'a'}, {name: 'a'}], tags: ['x', 'x'].map(key => ({key, value: ''}))},
      '`volumes[1].name` (task-definition.json, line 26) is `a`, as another volume is called, and one of them is lost or ECS refuses both: remove one.',
      '`tags[1].key` (task-definition.json, line 35) is `x`, as another tag is called, and one of them is lost or ECS refuses both: remove one.'
    ]
  ],
  [withContainers({environment: [{name: 'A', value: '1'}]}, {environment: [{name: 'A', value: '2'}]})]
)

const SECRET = {name: 'KEY', valueFrom: '/web/key'}

finds(
  secretNames,
  [
    [
      withContainers({secrets: [SECRET, SECRET]}),
      '`containerDefinitions[0].secrets[1].name` (task-definition.json, line 25) is `KEY`, as another secret of this container is called: remove one.'
    ],
    [
      withContainers({secrets: [SECRET], environment: [{name: 'KEY', value: ''}]}),
      '`containerDefinitions[0].secrets[0].name` (task-definition.json, line 21) is `KEY`, which is in the `environment` of this container too: leave it in one of the two.'
    ]
  ],
  [withContainers({secrets: [SECRET]}, {environment: [{name: 'KEY', value: '1'}]})]
)

finds(
  secretReference,
  [
    [
      withContainers({secrets: [{name: 'KEY', valueFrom: 'web/key:password::'}]}),
      '`containerDefinitions[0].secrets[0].valueFrom` (task-definition.json, line 22) is no ARN but has the key of a secret behind it, and ECS reads it as the name of a parameter: give the full ARN of the secret.'
    ]
  ],
  [
    withContainers({
      secrets: [
        SECRET,
        {name: 'VERSION', valueFrom: '/web/key:3'},
        {name: 'B', valueFrom: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web:password::'}
      ]
    })
  ]
)

finds(
  environmentFiles,
  [
    [
      withContainers({environmentFiles: [{type: 's3', value: 'arn:aws:s3:::bucket/web.txt'}]}),
      '`containerDefinitions[0].environmentFiles[0].value` (task-definition.json, line 22) does not end in `.env`, which ECS demands by its documentation: rename the file.'
    ]
  ],
  [withContainers({environmentFiles: [{type: 's3', value: 'arn:aws:s3:::bucket/web.env'}]})]
)

test('a password in an image is not shown', () => {
  const definition = withContainers({image: 'https://user:hunter2@registry.example.com/web:v1'})
  expect(messages(image, situation({definition, containers: []}))).toEqual([
    expect.stringContaining('is `https://…@registry.example.com/web:v1`, which is no reference')
  ])
})

test('without a new image every container needs one of its own', () => {
  expect(messages(image, situation({definition: withContainers({image: '<IMAGE>'}), containers: []}))).toHaveLength(1)
})
