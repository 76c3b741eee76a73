import { type DynamicModule, Module } from '@nestjs/common';
import { PlatformModule, type PlatformOptions } from './platform/platform.module';
import { modulesOf } from './roles';

/** One process: the platform, and the services of its role. */
@Module({})
export class AppModule {
  static forRoot(options: PlatformOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [PlatformModule.forRoot(options), ...modulesOf(options.config.role)],
    };
  }
}
