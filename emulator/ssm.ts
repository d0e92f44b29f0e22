import * as sdk from '@aws-sdk/client-ssm'
import {pageOf} from './paging.ts'
import {AwsError, operationOf, type AwsService, type Call} from './service.ts'

/** The names of the parameters of an account, by region. */
export class Parameters {
  readonly #region: string
  readonly #names = new Map<string, Set<string>>()

  constructor({region}: {region: string}) {
    this.#region = region
  }

  /** Makes a parameter, such as `/web/database-url`. @param region default: the emulator's */
  put(name: string, region = this.#region): void {
    this.#names.set(region, (this.#names.get(region) ?? new Set()).add(name))
  }

  names(region: string): readonly string[] {
    return [...(this.#names.get(region) ?? [])].sort()
  }
}

/** Systems Manager, as far as a release looks at it: which parameters there are, never their values. */
export function createSsm(parameters: Parameters): AwsService {
  return {
    name: 'ssm',
    protocol: {kind: 'json', targetPrefix: 'AmazonSSM', contentType: 'application/x-amz-json-1.1'},
    operations: {
      DescribeParameters: operationOf(
        sdk.DescribeParameters$,
        (input: sdk.DescribeParametersRequest, call): sdk.DescribeParametersResult =>
          describeParameters(parameters, input, call)
      )
    }
  }
}

/** Pages are cut before they are filtered, so that one may be empty and not the last, as in Systems Manager. */
function describeParameters(
  parameters: Parameters,
  {ParameterFilters = [], MaxResults = 10, NextToken}: sdk.DescribeParametersRequest,
  {region}: Call
): sdk.DescribeParametersResult {
  if (MaxResults < 1 || MaxResults > 50) throw invalid('ValidationException', 'MaxResults must be between 1 and 50')
  const wanted = ParameterFilters.map(namesIn)
  const {items, nextToken} = pageOf(parameters.names(region), MaxResults, NextToken, () =>
    invalid('InvalidNextToken', 'The specified token is not valid.')
  )
  const found = items.filter(name => wanted.every(names => names.includes(name)))
  return {
    Parameters: found.map(Name => ({Name, Type: 'SecureString'})),
    ...(nextToken !== undefined && {NextToken: nextToken})
  }
}

/** The filter that a release uses. @throws AwsError for any other */
function namesIn({Key, Option = 'Equals', Values = []}: sdk.ParameterStringFilter): readonly string[] {
  if (Key !== 'Name' || Option !== 'Equals') {
    throw invalid('InvalidFilterKey', `This emulator does not play the filter ${Key ?? ''} ${Option}.`)
  }
  if (Values.length < 1 || Values.length > 50) throw invalid('InvalidFilterValue', 'A filter has 1 to 50 values.')
  return Values
}

function invalid(name: string, message: string): AwsError {
  return new AwsError(name, message)
}
