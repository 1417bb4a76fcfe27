import { type FaultCode, faultCodes } from '@hookyard/event-schemas';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { faultStatus } from './fault-status.ts';
import { problemContentType, ProblemDocument } from './problem.ts';

/** Documents the refusals of a route in OpenAPI: one response for each status, naming its codes. */
export function ApiFaults(...codes: readonly FaultCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map((code) => faultStatus[code]))];
  const responses = statuses.map((status) => {
    const ofStatus = codes.filter((code) => faultStatus[code] === status);
    const description = ofStatus.map((code) => `\`${code}\`: ${faultCodes[code]}`).join('\n\n');
    return ApiResponse({ status, description, content: { [problemContentType]: { schema: { $ref: getSchemaPath(ProblemDocument) } } } });
  });
  return applyDecorators(ApiExtraModels(ProblemDocument), ...responses);
}
