variable "name" {
  description = "Name of the function and its role, and what the names of queues, log group and alarms begin with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, - and _."
  }
}

variable "filename" {
  description = "Path of the zip file with the function's code, for instance \"$${path.module}/pay.zip\"."
  type        = string
  nullable    = false
}

variable "handler" {
  description = "The function's entry point."
  type        = string
  default     = "index.handler"
  nullable    = false
}

variable "runtime" {
  description = "The function's runtime."
  type        = string
  default     = "nodejs22.x"
  nullable    = false
}

variable "timeout" {
  description = "How long one invocation may run, in seconds. The queue's visibility timeout is six times this, plus the batching window."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = floor(var.timeout) == var.timeout && var.timeout >= 1 && var.timeout <= 900
    error_message = "timeout must be a whole number from 1 to 900: these are Lambda's limits, in seconds."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB, and with it CPU."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = floor(var.memory_size) == var.memory_size && var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "memory_size must be a whole number from 128 to 10240: these are Lambda's limits, in MB."
  }
}

variable "architecture" {
  description = "Instruction set of the function."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be one of arm64, x86_64: these are Lambda's instruction sets."
  }
}

variable "environment" {
  description = "Environment variables of the function. HOLDFAST is set by the module."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.environment), ["HOLDFAST"])) == 0
    error_message = "environment must not set HOLDFAST: the module does."
  }

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z][A-Za-z0-9_]+$", name))])
    error_message = "Each name in environment must begin with a letter and have at least two letters, digits or _."
  }

  validation {
    condition     = length(setintersection(keys(var.environment), ["_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"])) == 0
    error_message = "environment must not set a variable that Lambda itself sets, such as AWS_REGION."
  }
}

variable "layers" {
  description = "ARNs of layer versions."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.layers) <= 5
    error_message = "layers must have at most 5 entries: Lambda's limit."
  }
}

variable "reserved_concurrency" {
  description = "Concurrent executions that are this function's alone and its limit; null: it shares the account's. To stop the function set enabled = false."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : (floor(var.reserved_concurrency) == var.reserved_concurrency && var.reserved_concurrency >= 1)
    error_message = "reserved_concurrency must be 1 or more; to stop the function set enabled = false."
  }
}

variable "log_retention_days" {
  description = "Days that the function's logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653: these are the retentions that CloudWatch Logs knows."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the function's role; null: none."
  type        = string
  default     = null
}

variable "role_path" {
  description = "Path of the function's role."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]{0,510}/)?$", var.role_path))
    error_message = "role_path must begin and end with \"/\"."
  }
}

variable "retention" {
  description = "How long the queue keeps a message, in seconds."
  type        = number
  default     = 345600
  nullable    = false

  validation {
    condition     = floor(var.retention) == var.retention && var.retention >= 60 && var.retention <= 1209600
    error_message = "retention must be a whole number from 60 to 1209600: these are SQS's limits, in seconds."
  }
}

variable "max_receive_count" {
  description = "How often a message is received before it goes to the dead-letter queue. Below 5, throttles send healthy messages there."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = floor(var.max_receive_count) == var.max_receive_count && var.max_receive_count >= 1 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be a whole number from 1 to 1000: these are SQS's limits."
  }
}

variable "maximum_concurrency" {
  description = "Most invocations at one time; null: as many as the account allows, up to 1,250."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_concurrency == null ? true : (floor(var.maximum_concurrency) == var.maximum_concurrency && var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000)
    error_message = "maximum_concurrency must be a whole number from 2 to 1000: these are Lambda's limits."
  }
}

variable "enabled" {
  description = "Whether messages are consumed. false pauses: they wait in the queue, at most for its retention."
  type        = bool
  default     = true
  nullable    = false
}

variable "notify" {
  description = "ARN of the SNS topic that the alarms notify; null: nobody is told."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that the module makes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "batch_size" {
  description = "Most messages of one invocation; above 10 it needs a batching window."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = floor(var.batch_size) == var.batch_size && var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "batch_size must be a whole number from 1 to 10000: these are Lambda's limits."
  }

  validation {
    condition     = var.batch_size <= 10 || var.batching_window >= 1
    error_message = "A batch_size above 10 needs a batching_window of at least 1 second."
  }
}

variable "batching_window" {
  description = "How long Lambda gathers messages for a batch, in seconds."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = floor(var.batching_window) == var.batching_window && var.batching_window >= 0 && var.batching_window <= 300
    error_message = "batching_window must be a whole number from 0 to 300: these are Lambda's limits, in seconds."
  }
}
