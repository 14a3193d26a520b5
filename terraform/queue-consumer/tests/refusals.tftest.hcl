# Every validation of the module, with inputs that it refuses. Needs no credentials: run `terraform test`.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name     = "payments"
  filename = "main.tf" # Any file: a plan takes only its hash.
}

run "accepts_the_defaults" {
  command = plan
}

run "refuses_1" {
  command = plan
  variables {
    name                 = ""
    timeout              = 0
    memory_size          = 127
    architecture         = "another"
    environment          = { "HOLDFAST" = "{}" }
    layers               = ["a", "b", "c", "d", "e", "f"]
    reserved_concurrency = 0
    log_retention_days   = -1
    role_path            = "service"
    retention            = 59
    max_receive_count    = 0
    maximum_concurrency  = 1
    batching_window      = -1
  }
  expect_failures = [
    var.name,
    var.timeout,
    var.memory_size,
    var.architecture,
    var.environment,
    var.layers,
    var.reserved_concurrency,
    var.log_retention_days,
    var.role_path,
    var.retention,
    var.max_receive_count,
    var.maximum_concurrency,
    var.batching_window,
  ]
}

run "refuses_2" {
  command = plan
  variables {
    name                 = "pay ments"
    timeout              = 901
    memory_size          = 10241
    environment          = { "1st" = "x" }
    reserved_concurrency = 1.5
    role_path            = "/service"
    retention            = 1209601
    max_receive_count    = 1001
    maximum_concurrency  = 1001
    batching_window      = 301
  }
  expect_failures = [
    var.name,
    var.timeout,
    var.memory_size,
    var.environment,
    var.reserved_concurrency,
    var.role_path,
    var.retention,
    var.max_receive_count,
    var.maximum_concurrency,
    var.batching_window,
  ]
}

run "refuses_3" {
  command = plan
  variables {
    name                = "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
    timeout             = 1.5
    memory_size         = 128.5
    environment         = { "AWS_REGION" = "eu-west-1" }
    retention           = 60.5
    max_receive_count   = 1.5
    maximum_concurrency = 2.5
    batching_window     = 0.5
  }
  expect_failures = [
    var.name,
    var.timeout,
    var.memory_size,
    var.environment,
    var.retention,
    var.max_receive_count,
    var.maximum_concurrency,
    var.batching_window,
  ]
}

run "refuses_4" {
  command = plan
  variables {
    batch_size = 0
  }
  expect_failures = [
    var.batch_size,
  ]
}

run "refuses_5" {
  command = plan
  variables {
    batch_size = 10001
  }
  expect_failures = [
    var.batch_size,
  ]
}

run "refuses_6" {
  command = plan
  variables {
    batch_size = 1.5
  }
  expect_failures = [
    var.batch_size,
  ]
}

run "refuses_7" {
  command = plan
  variables {
    batch_size = 11
  }
  expect_failures = [
    var.batch_size,
  ]
}
